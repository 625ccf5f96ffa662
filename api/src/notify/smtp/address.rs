//! The address of a mail server in the configuration.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// When the line to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Never. Only for a server on this machine or a network that is trusted whole.
    None,
    /// By STARTTLS when the server offers it, otherwise not.
    Opportunistic,
    /// By STARTTLS, and no mail without it.
    Required,
    /// From the first byte (`smtps://`).
    Implicit,
}

/// Where mails go: `smtp://[user:password@]host[:port][?tls=required|none]` or `smtps://...`.
///
/// Without `tls=`, `smtp://` encrypts by STARTTLS when the server offers it; on loopback it does not try, and with a
/// password to another machine it insists, because a password is never sent in the clear unless `tls=none` asks so.
/// Default ports: 25 for `smtp`, 465 for `smtps`. Neither `Debug` nor `Display` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    /// User and password.
    pub(super) login: Option<(String, String)>,
}

/// Why an address of a mail server was not understood. The text says what to write instead and never quotes a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// Neither `smtp://` nor `smtps://`.
    #[error("the mail address must start with smtp:// or smtps://")]
    Scheme,
    /// No host between `//` and the port.
    #[error("the mail address names no host: write smtp://host:port")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port of the mail address must be a number from 1 to 65535")]
    Port,
    /// A user without a password, or a broken percent sign.
    #[error("write user and password as user:password@, with %40 for @ and %3A for a colon")]
    Login,
    /// A path or an option that does not exist.
    #[error(
        "the only option of the mail address is ?tls=required or ?tls=none (none is not possible with smtps)"
    )]
    Option,
}

impl SmtpUrl {
    /// The server's name as it must stand in its certificate.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// When the line is encrypted.
    pub fn encryption(&self) -> Encryption {
        self.encryption
    }
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(SmtpUrlError::Scheme)?;
        let implicit = match scheme.to_ascii_lowercase().as_str() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(SmtpUrlError::Scheme),
        };
        let (rest, option) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(parse_login(login)?), place),
            None => (None, rest),
        };
        let (host, port) = parse_place(place)?;
        let encryption = match (implicit, option) {
            (true, None | Some("tls=required")) => Encryption::Implicit,
            (false, Some("tls=none")) => Encryption::None,
            (false, Some("tls=required")) => Encryption::Required,
            (false, None) if is_loopback(&host) => Encryption::None,
            (false, None) if login.is_some() => Encryption::Required,
            (false, None) => Encryption::Opportunistic,
            _ => return Err(SmtpUrlError::Option),
        };
        let port = port.unwrap_or(if implicit { 465 } else { 25 });
        Ok(Self { host, port, encryption, login })
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encryption == Encryption::Implicit { "smtps" } else { "smtp" };
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}:{}", self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl")
            .field("server", &format_args!("{self}"))
            .field("encryption", &self.encryption)
            .field("login", &self.login.as_ref().map(|_| "set"))
            .finish()
    }
}

fn parse_login(text: &str) -> Result<(String, String), SmtpUrlError> {
    let (user, password) = text.split_once(':').ok_or(SmtpUrlError::Login)?;
    let login = (percent_decoded(user)?, percent_decoded(password)?);
    if login.0.is_empty() { Err(SmtpUrlError::Login) } else { Ok(login) }
}

fn parse_place(text: &str) -> Result<(String, Option<u16>), SmtpUrlError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']').ok_or(SmtpUrlError::Host)?;
            (host, rest.strip_prefix(':'))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control()) {
        return Err(SmtpUrlError::Host);
    }
    let port = port
        .map(|p| p.parse::<u16>().ok().filter(|p| *p > 0).ok_or(SmtpUrlError::Port))
        .transpose()?;
    Ok((host.to_owned(), port))
}

fn percent_decoded(text: &str) -> Result<String, SmtpUrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits =
            [rest.next().ok_or(SmtpUrlError::Login)?, rest.next().ok_or(SmtpUrlError::Login)?];
        let digits = std::str::from_utf8(&digits).map_err(|_| SmtpUrlError::Login)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| SmtpUrlError::Login)?);
    }
    String::from_utf8(bytes).map_err(|_| SmtpUrlError::Login)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> SmtpUrl {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_says_where_and_how() {
        let table = [
            ("smtp://127.0.0.1:2525", 2525, Encryption::None),
            ("smtp://localhost", 25, Encryption::None),
            ("smtp://[::1]:26", 26, Encryption::None),
            ("smtp://mail.example.org", 25, Encryption::Opportunistic),
            ("smtp://mail.example.org:587/", 587, Encryption::Opportunistic),
            ("smtp://ann:secret@mail.example.org:587", 587, Encryption::Required),
            ("smtp://ann:secret@mail.example.org?tls=none", 25, Encryption::None),
            ("smtp://127.0.0.1:25?tls=required", 25, Encryption::Required),
            ("SMTPS://mail.example.org", 465, Encryption::Implicit),
        ];
        for (text, port, encryption) in table {
            assert_eq!((url(text).port(), url(text).encryption()), (port, encryption), "{text}");
        }
        assert_eq!(url("smtp://[::1]:26").host(), "::1");
        assert_eq!(url("smtp://[::1]:26").to_string(), "smtp://[::1]:26");
    }

    #[test]
    fn a_wrong_address_is_refused_with_its_cure() {
        let table = [
            ("mail.example.org:25", SmtpUrlError::Scheme),
            ("http://mail.example.org", SmtpUrlError::Scheme),
            ("smtp://", SmtpUrlError::Host),
            ("smtp://:25", SmtpUrlError::Host),
            ("smtp://a/b", SmtpUrlError::Host),
            ("smtp://[::1", SmtpUrlError::Host),
            ("smtp://a:0", SmtpUrlError::Port),
            ("smtp://a:port", SmtpUrlError::Port),
            ("smtp://ann@a:25", SmtpUrlError::Login),
            ("smtp://ann:%4@a:25", SmtpUrlError::Login),
            ("smtp://a:25?tls=maybe", SmtpUrlError::Option),
            ("smtps://a?tls=none", SmtpUrlError::Option),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<SmtpUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        let server = url("smtp://ann%40x:p%3Aw%25@mail.example.org:587");
        assert_eq!(server.login, Some(("ann@x".to_owned(), "p:w%".to_owned())));
        let shown = format!("{server} {server:?}");
        assert!(!shown.contains("p:w") && !shown.contains("ann"), "{shown}");
    }
}
