//! Root causes: aliases, merges, edges, reach, trend, Pareto, orphans.
