"""Charts as inline SVG: no script, no font, no network, and no style but classes, so that dark pages and printers recolour them."""
