"""The figures of the page, each with a caption that says n, seeds and interval."""
