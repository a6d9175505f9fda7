"""The JSON API, one module per noun; handlers parse, call and answer."""
