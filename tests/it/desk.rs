//! Load, rota, absence, and handing over what somebody leaves behind.
