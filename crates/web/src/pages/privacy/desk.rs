//! The requests of a project: what is open and how long there is, filters in the address, what is held now.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use upvow_app::privacy::requests::{
    Case, Kind, Route,
    desk::{self, Counts, Filter, Held},
};
use upvow_domain::{
    Time,
    page::{Page, PageOf},
};

use super::words;
use crate::{
    Ctx, PageError, Web,
    pages::{
        fields::{Asked, Fields},
        filters,
        frame::{Frame, Part, show},
        settings::admins_only,
        words::When,
    },
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/p/{project}/settings/privacy/requests", get(read))
}

/// What the address asks for.
#[derive(Default)]
struct Which {
    filter: Filter,
    state: String,
    kind: String,
    route: String,
}

impl Which {
    fn of(fields: &Fields) -> Which {
        let (state, kind, route) = (fields.get("state"), fields.get("kind"), fields.get("route"));
        let filter = Filter {
            open: match state {
                "open" => Some(true),
                "closed" => Some(false),
                _ => None,
            },
            kind: Kind::named(kind),
            route: Route::named(route),
        };
        // What is not one of the list is as if it were not there, also in the links of this page.
        let kept = |is_known: bool, text: &str| {
            if is_known {
                text.to_owned()
            } else {
                String::new()
            }
        };
        Which {
            state: kept(filter.open.is_some(), state),
            kind: kept(filter.kind.is_some(), kind),
            route: kept(filter.route.is_some(), route),
            filter,
        }
    }

    fn is_any(&self) -> bool {
        self.filter == Filter::default()
    }

    /// The same filters in an address, after the `?`.
    fn query(&self, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("state", self.state.as_str()),
            ("kind", &self.kind),
            ("route", &self.route),
            ("after", after.unwrap_or_default()),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Template)]
#[template(path = "privacy_requests.html")]
struct Desk {
    frame: Frame,
    which: Which,
    page: Page<Case>,
    counts: Counts,
    held: Held,
    now: Time,
}

impl Desk {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn kind(&self, case: &Case) -> &'static str {
        words::kind(case.kind)
    }

    fn route(&self, case: &Case) -> &'static str {
        words::route(case.route)
    }

    fn state(&self, case: &Case) -> &'static str {
        words::state(case.state).0
    }

    fn icon(&self, case: &Case) -> &'static str {
        words::state(case.state).1
    }

    fn left(&self, case: &Case) -> String {
        words::left(case.due_at, self.now)
    }

    /// How pressing it is.
    fn is_pressing(&self, case: &Case) -> bool {
        case.closed_at.is_none() && case.used >= 80
    }

    fn routes(&self) -> Vec<(&'static str, &'static str)> {
        Route::ALL
            .iter()
            .map(|one| (one.name(), words::route(*one)))
            .collect()
    }
}

async fn read(ctx: Ctx, asked: Asked) -> Result<Response, PageError> {
    admins_only(&ctx)?;
    let which = Which::of(&asked.0);
    let of = PageOf {
        limit: Some(25),
        after: asked.0.some("after"),
    };
    let (app, caller) = (&ctx.app, &ctx.caller);
    show(&Desk {
        frame: Frame::of(&ctx, Part::Settings, "Privacy requests").with_notice(&asked),
        page: desk::list(app, caller, which.filter, &of).await?,
        counts: desk::counts(app, caller).await?,
        held: desk::held(app, caller).await?,
        which,
        now: app.now(),
    })
}
