"""Reception (접수): what arrived, from whom, which version counts, what is unclear, and what to write back."""
