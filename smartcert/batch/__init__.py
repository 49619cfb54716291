"""Many reports: papermill runs the notebooks, nbconvert renders the pages, and only complete pages are written."""
