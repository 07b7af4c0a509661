//! Stand-ins that give a leaf of the JSON Schema its closed set of words.

use std::borrow::Cow;

use guests::Mode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::case::{Scope, words};
use crate::terms::{Need, Shadow, Vendor};

macro_rules! word_kinds {
    ($($kind:ident = $known:expr;)+) => {$(
        #[derive(Debug)]
        pub(in crate::case) struct $kind;

        impl JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let known: Vec<&str> = $known;
                schemars::json_schema!({ "enum": known })
            }
        }
    )+};
}

word_kinds! {
    ModeWord = Mode::ALL.iter().map(|mode| mode.name()).collect();
    PathWord = words::paths();
    DeviationPathWord = words::deviation_paths();
    NeedWord = Need::ALL.iter().map(|need| need.name()).collect();
    ShadowWord = Shadow::ALL.iter().map(|shadow| shadow.name()).collect();
    GateWord = words::GATES.iter().map(|(word, _)| *word).collect();
    PageFlawWord = words::FLAWS.iter().map(|(word, _)| *word).collect();
    EndWord = words::ENDS.iter().map(|(word, _)| *word).collect();
    StackWord = words::stacks();
    VendorWord = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
    ScopeWord = Scope::WORDS.iter().map(|(word, _)| *word).collect();
}
