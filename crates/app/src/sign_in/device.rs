//! What browser it is, as far as it says: a closed set of words, so that nothing a browser sends is kept as it is.

/// `Firefox on Linux`, or less if it says less.
pub(crate) fn device(user_agent: &str) -> String {
    let has = |word: &str| user_agent.contains(word);
    // Every browser also claims to be the ones before it, so the order matters.
    let browser = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |words: &[(&str, &'static str)]| {
        let known = words.iter().find(|(sign, _)| has(sign));
        known.map(|(_, name)| *name)
    };
    let browser = find(&browser).unwrap_or("A browser");
    match find(&system) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_and_nothing_else_is_kept() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1";
        assert_eq!(device(chrome), "Chrome on Linux");
        assert_eq!(device(safari), "Safari on iPhone");
        assert_eq!(
            device("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Windows"
        );
        for odd in ["", "\0", "<script>ana@example.com"] {
            assert_eq!(device(odd), "A browser");
        }
    }
}
