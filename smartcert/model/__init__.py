"""The terms of the law as frozen values: whoever applies, is measured, evaluated, decided on and certified."""
