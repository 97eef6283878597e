//! What somebody wrote before they were asked to sign in. It travels with the sign-in forms and is shown again to be
//! sent, so that nothing is lost where no script keeps a draft.

use super::fields::{Fields, back};

/// The fields that forms for writing have. Others are never carried.
const FIELDS: [&str; 4] = ["title", "body", "board", "submit_key"];

/// A form that was not taken yet.
#[derive(Debug, Clone)]
pub(crate) struct Carry {
    /// Where it is sent.
    pub(crate) action: String,
    /// Its fields.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Carry {
    /// Keeps a form that was refused for want of a sign-in.
    pub(crate) fn of_form(action: &str, form: &Fields) -> Carry {
        Carry {
            action: action.to_owned(),
            fields: FIELDS
                .iter()
                .filter_map(|name| Some((*name, form.some(name)?)))
                .collect(),
        }
    }

    /// Takes up what a sign-in form carried. Only forms of a project are, so that nothing else can be sent this way.
    pub(crate) fn of_sign_in(form: &Fields) -> Option<Carry> {
        let action = back(form.get("carry_action"), "");
        let fields: Vec<_> = FIELDS
            .iter()
            .filter_map(|name| Some((*name, form.some(&format!("carry_{name}"))?)))
            .collect();
        let is_ours = action.starts_with("/p/")
            && (action.ends_with("/posts") || action.ends_with("/comments"));
        (is_ours && !fields.is_empty()).then_some(Carry { action, fields })
    }

    /// The text to show.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| *field == name)
            .map_or("", |(_, value)| value)
    }

    /// What it is called.
    pub(crate) fn noun(&self) -> &'static str {
        if self.action.ends_with("/comments") {
            "comment"
        } else {
            "idea"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Fields {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Fields::of(pairs.iter().map(owned).collect())
    }

    #[test]
    fn a_text_survives_the_way_through_the_sign_in_form() {
        let kept = Carry::of_form(
            "/p/acme/posts",
            &form(&[
                ("title", "Dark mode"),
                ("body", "Please."),
                ("role", "owner"),
            ]),
        );
        let sent: Vec<_> = kept
            .fields
            .iter()
            .map(|(name, value)| (format!("carry_{name}"), value.clone()))
            .chain([("carry_action".to_owned(), kept.action.clone())])
            .collect();
        let taken = Carry::of_sign_in(&Fields::of(sent)).unwrap();
        assert_eq!(taken.text("title"), "Dark mode");
        assert_eq!(taken.text("body"), "Please.");
        assert_eq!(taken.text("role"), "");
    }

    #[test]
    fn nothing_else_can_be_sent_this_way() {
        for action in [
            "/sign-out",
            "//evil.example/posts",
            "/p/acme/settings/members",
            "",
        ] {
            let odd = form(&[("carry_action", action), ("carry_title", "x")]);
            assert!(Carry::of_sign_in(&odd).is_none(), "{action}");
        }
    }
}
