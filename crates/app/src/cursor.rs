//! What the `next` of a page is made of: where its last row stood, packed so that nobody is tempted to read it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use upvow_domain::{Invalid, id::Id, page::PageOf};
use uuid::Uuid;

/// A place in a list: which list and order it is of, a number the order goes by, and an id that parts equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// A letter for the list and its order: a cursor of another one is refused.
    pub list: u8,
    /// The bits of what the order goes by; 0 where ids are the order.
    pub key: u64,
    /// The last row's id.
    pub id: Uuid,
}

impl Cursor {
    /// For a list that is ordered by id alone.
    pub(crate) fn by_id<K>(list: u8, id: Id<K>) -> String {
        Cursor::by_key(list, 0, id)
    }

    /// For a list that is ordered by a number and then by id.
    pub(crate) fn by_key<K>(list: u8, key: u64, id: Id<K>) -> String {
        let mut bytes = [0; 25];
        bytes[0] = list;
        bytes[1..9].copy_from_slice(&key.to_be_bytes());
        bytes[9..].copy_from_slice(id.uuid().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the cursor of a page, if it asks for more than the first.
    pub(crate) fn of(page: &PageOf, list: u8) -> Result<Option<Cursor>, Invalid> {
        let Some(text) = page.after.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| <[u8; 25]>::try_from(bytes).ok())
            .filter(|bytes| bytes[0] == list)
            .ok_or_else(PageOf::bad_cursor)?;
        let mut key = [0; 8];
        let mut id = [0; 16];
        key.copy_from_slice(&bytes[1..9]);
        id.copy_from_slice(&bytes[9..]);
        Ok(Some(Cursor {
            list,
            key: u64::from_be_bytes(key),
            id: Uuid::from_bytes(id),
        }))
    }

    /// The last row's id.
    pub(crate) fn id<K>(self) -> Id<K> {
        Id::new(self.id)
    }
}

#[cfg(test)]
mod tests {
    use upvow_domain::PostId;

    use super::*;

    fn page(after: &str) -> PageOf {
        PageOf {
            limit: None,
            after: Some(after.to_owned()),
        }
    }

    #[test]
    fn a_cursor_comes_back_to_the_last_bit_and_only_to_its_own_list() {
        let id = PostId::new(Uuid::from_u128(u128::MAX - 7));
        let key = 361.123_456_789_012_3_f64.to_bits();
        let text = Cursor::by_key(b't', key, id);
        let cursor = Cursor::of(&page(&text), b't').unwrap().unwrap();
        assert_eq!((cursor.key, cursor.id::<()>().uuid()), (key, id.uuid()));
        assert!(Cursor::of(&page(&text), b'v').is_err());
    }

    #[test]
    fn what_we_did_not_make_is_refused() {
        assert_eq!(Cursor::of(&PageOf::default(), b't'), Ok(None));
        assert_eq!(Cursor::of(&page(""), b't'), Ok(None));
        let good = Cursor::by_id(b't', PostId::new(Uuid::nil()));
        for odd in [
            "x",
            "🎉",
            "\0",
            "AAAA",
            &good[1..],
            &format!("{good}A"),
            &format!("{good}="),
        ] {
            assert!(Cursor::of(&page(odd), b't').is_err(), "{odd:?}");
        }
    }
}
