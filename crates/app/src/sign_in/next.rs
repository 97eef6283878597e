//! Where to go after signing in: a page of ours, whatever somebody wrote into a link.

/// The path if it is one of ours, else `/`. Browsers read `//host` and `/\host` as another site, and drop tabs and
/// line ends before they look.
pub(crate) fn local(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.len() <= 500;
    if ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages() {
        for ours in ["/", "/p/acme?sort=top&q=a%20b#c", "/p/acme/posts/post_1"] {
            assert_eq!(local(ours), ours);
        }
        for foreign in [
            "",
            "p/acme",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "https://evil.example",
            "javascript:alert(1)",
            "\0/",
        ] {
            assert_eq!(local(foreign), "/", "{foreign:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(600))), "/");
    }
}
