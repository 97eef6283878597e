//! The key that makes sending a form twice the same as sending it once.

use upvow_domain::Invalid;

/// Checks a key; an empty one is none.
pub(crate) fn checked(key: Option<&str>) -> Result<Option<String>, Invalid> {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if key.len() > 100 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Invalid::new(
            "submit_key",
            "use at most 100 letters, digits and signs without spaces",
        ));
    }
    Ok(Some(key.to_owned()))
}
