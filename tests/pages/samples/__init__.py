"""A package with a template beside it, as `blink.pages.render` wants them."""
