//! Parameters of controllers: declared by the controller, read by whoever reads scenarios, and handed back by name.

use crate::units::Span;

/// What a parameter can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A share, from 0 to 1; where `positive`, 0 is refused and the text says why.
    Fraction {
        /// Why 0 makes no sense, where it makes none.
        positive: Option<&'static str>,
    },
    /// A time of at least so much.
    Time(Span),
    /// A whole number between two.
    Count(u32, u32),
    /// A number of processes that may be active: at least 1.
    Level,
    /// A number between two.
    Number(f64, f64),
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// A share or a number.
    Number(f64),
    /// A time.
    Time(Span),
    /// A whole number.
    Count(u32),
}

/// A parameter as its controller declares it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Key in scenarios.
    pub key: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// What it is if nobody says; `None` must be said.
    pub default: Option<Setting>,
    /// One line for a person.
    pub meaning: &'static str,
}

impl Parameter {
    /// A share from 0 to 1.
    pub const fn fraction(key: &'static str, default: f64, meaning: &'static str) -> Parameter {
        Parameter { key, kind: Kind::Fraction { positive: None }, default: Some(Setting::Number(default)), meaning }
    }

    /// A share above 0, up to 1.
    pub const fn share(key: &'static str, default: f64, why: &'static str, meaning: &'static str) -> Parameter {
        let kind = Kind::Fraction { positive: Some(why) };
        Parameter { key, kind, default: Some(Setting::Number(default)), meaning }
    }

    /// A time.
    pub const fn time(key: &'static str, least: Span, default: Span, meaning: &'static str) -> Parameter {
        Parameter { key, kind: Kind::Time(least), default: Some(Setting::Time(default)), meaning }
    }

    /// A whole number.
    pub const fn count(key: &'static str, range: (u32, u32), default: Option<u32>, meaning: &'static str) -> Parameter {
        let default = match default {
            Some(count) => Some(Setting::Count(count)),
            None => None,
        };
        Parameter { key, kind: Kind::Count(range.0, range.1), default, meaning }
    }

    /// A number of processes that may be active.
    pub const fn level(key: &'static str, default: Option<u32>, meaning: &'static str) -> Parameter {
        let default = match default {
            Some(count) => Some(Setting::Count(count)),
            None => None,
        };
        Parameter { key, kind: Kind::Level, default, meaning }
    }

    /// A number.
    pub const fn number(key: &'static str, range: (f64, f64), default: f64, meaning: &'static str) -> Parameter {
        Parameter { key, kind: Kind::Number(range.0, range.1), default: Some(Setting::Number(default)), meaning }
    }
}

/// The values of a controller's parameters, in the order in which it declares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(Vec<(&'static str, Setting)>);

impl Settings {
    /// All defaults; `None` if a parameter has none.
    pub fn defaults(parameters: &[Parameter]) -> Option<Settings> {
        parameters
            .iter()
            .map(|parameter| Some((parameter.key, parameter.default?)))
            .collect::<Option<_>>()
            .map(Settings)
    }

    /// With another value for a parameter.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Setting) -> Settings {
        self.0.retain(|(name, _)| *name != key);
        self.0.push((key, value));
        self
    }

    fn get(&self, key: &str) -> Setting {
        let found = self.0.iter().find(|(name, _)| *name == key);
        found.unwrap_or_else(|| unreachable!("the controller declares its parameter {key}")).1
    }

    /// A share or number.
    pub fn number(&self, key: &str) -> f64 {
        match self.get(key) {
            Setting::Number(number) => number,
            Setting::Count(count) => f64::from(count),
            Setting::Time(span) => span.as_secs_f64(),
        }
    }

    /// A time.
    pub fn time(&self, key: &str) -> Span {
        match self.get(key) {
            Setting::Time(span) => span,
            other => unreachable!("{key} is {other:?}, not a time"),
        }
    }

    /// A whole number.
    pub fn count(&self, key: &str) -> u32 {
        match self.get(key) {
            Setting::Count(count) => count,
            other => unreachable!("{key} is {other:?}, not a count"),
        }
    }
}
