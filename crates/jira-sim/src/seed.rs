//! The cloud as it is when the simulator starts: two sites, five projects, a few weeks of work.

use crate::clock::Clock;
use crate::faults::Faults;
use crate::language::Language;
use crate::limits::Limits;
use crate::oauth::Grants;
use crate::people::{EVERYBODY, Who};
use crate::secret;
use crate::state::{
    App, Category, Component, Denied, IssueType, Priority, Project, Resolution, Site, Status,
    Style, Transition, Version, World,
};
use crate::webhook::Webhooks;

mod fields;
mod issues;

/// A fresh world.
pub(crate) fn world(base: String, clock: Clock, app: App) -> World {
    let now = clock.now_ms();
    World {
        base,
        clock,
        app,
        sites: vec![kestrel(now), outfield(now)],
        grants: Grants::new(),
        languages: std::collections::BTreeMap::new(),
        speaking: Language::default(),
        webhooks: Webhooks::default(),
        faults: Faults::default(),
        limits: Limits::default(),
        requests: std::collections::BTreeMap::new(),
        account_states: std::collections::BTreeMap::new(),
        reports: std::collections::BTreeMap::new(),
        foreign: Vec::new(),
        cycle_period: None,
    }
}

fn person(at: usize) -> Who {
    &EVERYBODY[at]
}

/// The main site: two company-managed projects that share their statuses, and a team-managed one with its own of the same names.
fn kestrel(now: i64) -> Site {
    let mut site = Site::new(
        secret::fresh_uuid(),
        "kestrel-works",
        "Kestrel Works",
        "#3358d4",
        10_100,
    );
    site.members = (0..10).map(|at| EVERYBODY[at].account_id).collect();
    common(&mut site);
    site.types = vec![
        kind(10_000, "Epic", "A big piece of work", 1, "epic", None),
        kind(10_001, "Story", "Something a user wants", 0, "story", None),
        kind(10_002, "Task", "A piece of work", 0, "task", None),
        kind(10_003, "Bug", "Something is broken", 0, "bug", None),
        kind(
            10_004,
            "Incident",
            "Something is on fire",
            0,
            "incident",
            None,
        ),
        IssueType {
            subtask: true,
            ..kind(
                10_005,
                "Sub-task",
                "A part of a piece of work",
                -1,
                "subtask",
                None,
            )
        },
        IssueType {
            full_screen: true,
            ..kind(
                fields::CHANGE_REQUEST,
                "Change request",
                "Something that must be asked for in every detail",
                0,
                "task",
                None,
            )
        },
        kind(
            10_021,
            "Story",
            "Something a user wants",
            0,
            "story",
            Some(10_003),
        ),
        kind(10_022, "Task", "A piece of work", 0, "task", Some(10_003)),
        kind(10_023, "Bug", "Something is broken", 0, "bug", Some(10_003)),
    ];
    site.statuses = four_statuses([10_000, 3, 10_001, 10_002], None);
    site.statuses.extend(four_statuses(
        [10_031, 10_032, 10_033, 10_034],
        Some(10_003),
    ));
    site.custom = fields::custom();
    let company = |id, key: &str, name, description, lead| Project {
        id,
        key: key.to_owned(),
        old_keys: Vec::new(),
        name,
        description,
        style: Style::Classic,
        lead,
        types: vec![10_001, 10_002, 10_003, 10_000],
        versions: versions(id),
        components: components(id),
        statuses: vec![10_000, 3, 10_001, 10_002],
        transitions: free_flow([10_000, 3, 10_001, 10_002], 1),
        archived: false,
        denied: Denied::new(),
        last_number: 0,
    };
    let mut kite = company(
        10_001,
        "KITE",
        "Kite App",
        "The app people hold in their hands.",
        person(1),
    );
    // One who may look and nothing else, so that missing rights can be tried out.
    let nothing_else = [
        "CREATE_ISSUES",
        "EDIT_ISSUES",
        "TRANSITION_ISSUES",
        "LINK_ISSUES",
        "ADD_COMMENTS",
        "DELETE_ISSUES",
    ];
    kite.denied.insert(
        person(9).account_id,
        nothing_else.map(ToOwned::to_owned).into(),
    );
    let mut plat = company(
        10_002,
        "PLAT",
        "Platform",
        "What the app stands on.",
        person(3),
    );
    plat.types = vec![10_002, 10_003, 10_001, 10_004, fields::CHANGE_REQUEST];
    plat.transitions = strict_flow([10_000, 3, 10_001, 10_002]);
    let nest = Project {
        id: 10_003,
        key: "NEST".to_owned(),
        old_keys: Vec::new(),
        name: "Nest",
        description: "The team's own corner.",
        style: Style::NextGen,
        lead: person(4),
        types: vec![10_021, 10_022, 10_023],
        versions: Vec::new(),
        components: Vec::new(),
        statuses: vec![10_031, 10_032, 10_033, 10_034],
        transitions: free_flow([10_031, 10_032, 10_033, 10_034], 1),
        archived: false,
        denied: Denied::new(),
        last_number: 0,
    };
    site.projects = vec![kite, nest, plat];
    issues::kestrel(&mut site, now);
    site
}

/// The other site of some of the same people.
fn outfield(now: i64) -> Site {
    let mut site = Site::new(
        secret::fresh_uuid(),
        "outfield",
        "Outfield Labs",
        "#0f7b6c",
        50_100,
    );
    site.members = [0, 3, 10, 11].map(|at| EVERYBODY[at].account_id).into();
    common(&mut site);
    site.types = vec![
        kind(10_001, "Story", "Something a user wants", 0, "story", None),
        kind(10_002, "Task", "A piece of work", 0, "task", None),
        kind(10_003, "Bug", "Something is broken", 0, "bug", None),
        kind(10_013, "Task", "A piece of work", 0, "task", Some(20_002)),
    ];
    site.statuses = four_statuses([10_000, 3, 10_001, 10_002], None);
    site.statuses.extend(four_statuses(
        [10_011, 10_012, 10_013, 10_014],
        Some(20_002),
    ));
    let project = |id, key: &str, name, style, types, statuses: [u64; 4]| Project {
        id,
        key: key.to_owned(),
        old_keys: Vec::new(),
        name,
        description: "",
        style,
        lead: person(10),
        types,
        versions: Vec::new(),
        components: Vec::new(),
        statuses: statuses.into(),
        transitions: free_flow(statuses, 1),
        archived: false,
        denied: Denied::new(),
        last_number: 0,
    };
    site.projects = vec![
        project(
            20_001,
            "FERN",
            "Fern",
            Style::Classic,
            vec![10_001, 10_002, 10_003],
            [10_000, 3, 10_001, 10_002],
        ),
        project(
            20_002,
            "MEAD",
            "Meadow",
            Style::NextGen,
            vec![10_013],
            [10_011, 10_012, 10_013, 10_014],
        ),
    ];
    issues::outfield(&mut site, now);
    site
}

fn common(site: &mut Site) {
    let resolution = |id, name, description| Resolution {
        id,
        name,
        description,
    };
    site.resolutions = vec![
        resolution(10_000, "Done", "Work has been completed on this issue."),
        resolution(10_001, "Won't Do", "This issue won't be actioned."),
        resolution(
            10_002,
            "Duplicate",
            "The problem is a duplicate of an existing issue.",
        ),
    ];
    let priority = |id, name, color| Priority { id, name, color };
    site.priorities = vec![
        priority(1, "Highest", "#c9372c"),
        priority(2, "High", "#e2483d"),
        priority(3, "Medium", "#e06c00"),
        priority(4, "Low", "#1d7afc"),
        priority(5, "Lowest", "#388bff"),
    ];
}

fn versions(project: u64) -> Vec<Version> {
    let version = |number, name, released| Version {
        id: project * 10 + number,
        name,
        released,
    };
    vec![
        version(1, "2026.1", true),
        version(2, "2026.2", false),
        version(3, "Later", false),
    ]
}

fn components(project: u64) -> Vec<Component> {
    let component = |number, name| Component {
        id: project * 10 + number,
        name,
    };
    vec![component(1, "Backend"), component(2, "Screens")]
}

const fn kind(
    id: u64,
    name: &'static str,
    description: &'static str,
    level: i8,
    icon: &'static str,
    scope: Option<u64>,
) -> IssueType {
    IssueType {
        id,
        name,
        description,
        subtask: false,
        level,
        icon,
        full_screen: false,
        scope,
    }
}

fn four_statuses(ids: [u64; 4], scope: Option<u64>) -> Vec<Status> {
    let names = [
        ("To Do", Category::New),
        ("In Progress", Category::Indeterminate),
        ("In Review", Category::Indeterminate),
        ("Done", Category::Done),
    ];
    ids.into_iter()
        .zip(names)
        .map(|(id, (name, category))| Status {
            id,
            name: name.to_owned(),
            category,
            scope,
        })
        .collect()
}

/// From everywhere to everywhere, without screens.
fn free_flow(statuses: [u64; 4], tens: u64) -> Vec<Transition> {
    let names = ["To Do", "In Progress", "In Review", "Done"];
    (tens..)
        .zip(names)
        .zip(statuses)
        .map(|((ten, name), to)| Transition {
            id: ten * 10 + 1,
            name,
            from: None,
            to,
            screen: Vec::new(),
            only: None,
        })
        .collect()
}

/// Step by step: finishing asks for a resolution, and only two people may send work back from there.
fn strict_flow([to_do, in_progress, in_review, done]: [u64; 4]) -> Vec<Transition> {
    let step = |id, name, from: u64, to| Transition {
        id,
        name,
        from: Some(vec![from]),
        to,
        screen: Vec::new(),
        only: None,
    };
    vec![
        step(11, "Start work", to_do, in_progress),
        step(21, "Stop work", in_progress, to_do),
        step(31, "Ask for review", in_progress, in_review),
        step(41, "Send back", in_review, in_progress),
        Transition {
            screen: vec![("resolution", true), ("comment", false)],
            ..step(51, "Finish", in_review, done)
        },
        Transition {
            only: Some(vec![person(0), person(3)]),
            ..step(61, "Reopen", done, in_progress)
        },
    ]
}
