//! Hashes of passwords and PINs: argon2id with 19 MiB, two passes, one lane (OWASP's figures).
//!
//! Hashing takes 20 to 40 ms of a core on purpose, so it runs on the blocking threads and at most
//! two at once: a crowd of sign-ins waits in line instead of starving everybody else.

use std::sync::OnceLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::kit::error::{Fault, Result};
use crate::kit::secret;

/// Memory, in KiB.
const MEMORY: u32 = 19_456;
/// Passes.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

/// The line: two at once.
static LINE: Semaphore = Semaphore::const_new(2);

/// What is hashed for people who are not there, so that the answer takes as long as for the others.
static NOBODY: OnceLock<String> = OnceLock::new();

fn hasher() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(MEMORY, PASSES, LANES, None)
        .map_err(|error| Fault::internal(format!("argon2: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes on this thread, for the command line and for fixtures.
///
/// # Errors
/// A fault when there is no randomness or no memory.
pub fn hash_here(text: &str) -> Result<String> {
    let salt = secret::random::<16>()?;
    let hash = hasher()?
        .hash_password_with_salt(text.as_bytes(), &salt)
        .map_err(|error| Fault::internal(format!("argon2: {error}")))?;
    Ok(hash.to_string())
}

fn fits(text: &str, stored: &str) -> Result<bool> {
    Ok(hasher()?.verify_password(text.as_bytes(), stored).is_ok())
}

fn nobody() -> Result<&'static str> {
    if let Some(hash) = NOBODY.get() {
        return Ok(hash);
    }
    let hash = hash_here(&secret::token("")?)?;
    Ok(NOBODY.get_or_init(|| hash))
}

async fn in_line<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let place = LINE.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    drop(place);
    done.map_err(|error| Fault::internal(format!("hashing ended early: {error}")))?
}

/// Hashes a password or PIN, waiting in line.
///
/// # Errors
/// A fault when there is no randomness or no memory.
pub async fn hash(text: &str) -> Result<String> {
    let text = text.to_owned();
    in_line(move || hash_here(&text)).await
}

/// Whether `text` is what was hashed, waiting in line. Without a hash it is not, after the same
/// time.
///
/// # Errors
/// A fault.
pub async fn verify(text: &str, stored: Option<String>) -> Result<bool> {
    let text = text.to_owned();
    in_line(move || match stored {
        Some(stored) => fits(&text, &stored),
        None => {
            let _ = fits(&text, nobody()?)?;
            Ok(false)
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_text_alone() {
        let hash = hash_here("four words and space").expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(fits("four words and space", &hash).expect("checked"));
        assert!(!fits("four words and Space", &hash).expect("checked"));
        assert!(!fits("", &hash).expect("checked"));
        assert!(!fits("x", "not a hash").expect("checked"), "a bad row refuses");
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(!verify("anything", None).await.expect("checked"));
    }
}
