//! What an accountId and a token look like, for places where neither may be.

/// Whether the text holds something that looks like an Atlassian accountId or a token.
pub(super) fn is_in(text: &[u8]) -> bool {
    text.split(|byte| !is_part(*byte)).any(looks_like_one)
}

/// The signs that such values are made of.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":-_.".contains(&byte)
}

fn looks_like_one(word: &[u8]) -> bool {
    let word = trim(word);
    is_account(word) || is_old_account(word) || is_jwt(word) || word.starts_with(b"ATATT3x")
}

/// A value at the end of a sentence or of a name.
fn trim(mut word: &[u8]) -> &[u8] {
    while let [rest @ .., b'.' | b':'] = word {
        word = rest;
    }
    // `account_id:712020:..`: what stands before is not part of it.
    let starts = word
        .windows(7)
        .position(|part| part[6] == b':' && part[..6].iter().all(u8::is_ascii_digit));
    starts.map_or(word, |at| &word[at..])
}

/// `712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788`.
fn is_account(word: &[u8]) -> bool {
    let Some((head, tail)) = word.split_at_checked(7) else {
        return false;
    };
    let is_uuid = tail.len() == 36
        && tail.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    head[..6].iter().all(u8::is_ascii_digit) && head[6] == b':' && is_uuid
}

/// `5b10a2844c20165700ede21g`: 24 signs that begin with a 5 or a 6, as accounts of before 2021 have them.
fn is_old_account(word: &[u8]) -> bool {
    word.len() == 24
        && matches!(word[0], b'5' | b'6')
        && word[1..23].iter().all(u8::is_ascii_hexdigit)
        && word[23].is_ascii_alphanumeric()
        && word.iter().any(u8::is_ascii_lowercase)
        && word.iter().filter(|byte| byte.is_ascii_digit()).count() >= 6
}

/// Three parts of base64 that begin as JSON does.
fn is_jwt(word: &[u8]) -> bool {
    let parts: Vec<&[u8]> = word.split(|byte| *byte == b'.').collect();
    // What we sign ourselves (receipts, checkpoints) begins with this algorithm, and no token of Atlassian's does.
    let is_ours = parts[0].starts_with(b"eyJhbGciOiJFZERTQSI");
    !is_ours
        && parts.len() == 3
        && parts[0].starts_with(b"eyJ")
        && parts[1].starts_with(b"eyJ")
        && parts.iter().all(|part| part.len() >= 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise 2.6, 7.4.
    #[test]
    fn accounts_and_tokens_are_recognised_and_ids_of_ours_are_not() {
        for text in [
            "account=712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788&x",
            "{\"accountId\":\"557058:0F3C9D1E-8b7a-4c65-9e21-d0c4b5a69788\"}",
            "ari:cloud:identity::user/712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788.",
            "account_id:712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788",
            "by 5b10a2844c20165700ede21g, today",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w",
            "ATATT3xFfGF0abc",
        ] {
            assert!(is_in(text.as_bytes()), "{text}");
        }
        for text in [
            "post_0199f3c2a1b24c7d8e9f0a1b2c3d4e5f",
            "0199f3c2a1b24c7d8e9f0a1b2c3d4e5f/10042",
            "2026-11-23T20:00:00.000Z",
            "hook:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788",
            "eyJ is how JSON begins in base64",
            "123456789012345678901234",
            "",
        ] {
            assert!(!is_in(text.as_bytes()), "{text}");
        }
    }
}
