//! Joining submissions and taking it back; candidates; me too.
