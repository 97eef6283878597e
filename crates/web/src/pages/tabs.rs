//! The tabs of a connection's pages: one list, in the order they are shown.

/// A page of a connection.
pub(crate) struct Tab {
    /// Its name; the page passes the same to mark its tab.
    pub(crate) name: &'static str,
    /// Its address below the connection's; the overview has none.
    pub(crate) path: &'static str,
}

/// Every tab. A page that is added here appears on all the others.
pub(crate) const TABS: &[Tab] = &[
    Tab {
        name: "Overview",
        path: "",
    },
    Tab {
        name: "Activity",
        path: "/activity",
    },
    Tab {
        name: "Projects",
        path: "/projects",
    },
    Tab {
        name: "Statuses",
        path: "/statuses",
    },
    Tab {
        name: "Issues",
        path: "/targets",
    },
    Tab {
        name: "Rights",
        path: "/rights",
    },
    Tab {
        name: "Summary",
        path: "/summary",
    },
    Tab {
        name: "Upkeep",
        path: "/upkeep",
    },
];
