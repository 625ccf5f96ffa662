//! Calendars, clocks, breaches, escalation, coverage.
