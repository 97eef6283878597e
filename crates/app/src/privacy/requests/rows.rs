//! The rows of a copy: every stored field of a person in Jira, as the registry says.

use crate::{
    App,
    privacy::registry::{self, Entry, words::Copied},
};

/// A stored field, and whether it is copied as it is; of others only whether it is there.
pub(super) fn exported(app: &App) -> impl Iterator<Item = (Entry, bool)> {
    registry::exported(&app.settings.retention).map(|entry| {
        let is_whole = registry::tables()
            .flat_map(|table| table.fields)
            .any(|field| field.export_name == entry.export_name && field.copied == Copied::Whole);
        (entry, is_whole)
    })
}
