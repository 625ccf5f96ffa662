//! The reviewers' queue: filters, orders, search, saved views, its cost at scale.
