//! Reply templates and their preview.
