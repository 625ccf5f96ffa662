//! The reviewers' verbs: snooze, split, hand-over, redaction, hiding, bulk, mentions.
