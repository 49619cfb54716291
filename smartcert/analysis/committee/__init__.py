"""Do evaluators agree, who is severe, who decides a level, and how should a committee be composed?"""
