//! Translated names: which one somebody reads.

/// The language everything falls back to.
pub const FALLBACK: &str = "en";
/// Longest label, in code points.
pub const LONGEST: usize = 120;

/// The best of `labels` (language, text) for somebody who asked for `locale`: the very tag, its
/// language, the fallback language, else the first there is.
#[must_use]
pub fn best<'a>(labels: &'a [(String, String)], locale: &str) -> Option<&'a str> {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    let with = |wanted: &str| {
        labels.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted)).map(|(_, text)| text)
    };
    with(locale)
        .or_else(|| with(language))
        .or_else(|| with(FALLBACK))
        .or_else(|| labels.first().map(|(_, text)| text))
        .map(String::as_str)
}

/// Whether `tag` has the shape of a language tag such as `en` or `es-MX`.
#[must_use]
pub fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or("");
    let sound =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    sound
        && tag.len() <= 35
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_nearest_language_wins() {
        let known = labels(&[("en", "Done"), ("es", "Hecho"), ("es-MX", "Listo")]);
        assert_eq!(best(&known, "es-MX"), Some("Listo"));
        assert_eq!(best(&known, "es-AR"), Some("Hecho"));
        assert_eq!(best(&known, "fr"), Some("Done"));
        assert_eq!(best(&labels(&[("es", "Hecho")]), "fr"), Some("Hecho"));
        assert_eq!(best(&[], "en"), None);
    }

    #[test]
    fn language_tags_have_a_shape() {
        for good in ["en", "es-MX", "zh-Hant-TW", "gsw"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "e", "EN", "english", "es_MX", "es-", "es-M", "en us"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }
}
