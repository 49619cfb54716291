"""Many reports: papermill runs the notebooks, nbconvert makes the pages, and a page is placed only when it is whole."""
