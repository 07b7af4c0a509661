use reports::HostFact;

use super::start::Failure;

/// Names that reports use beside the facts.
const TAKEN: [&str; 3] = ["strategy", "version", "interrupted"];

/// Reads a fact as a flag gives it: `NAME=VALUE`.
pub(super) fn fact(word: &str) -> Result<HostFact, String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let [name, value] = [name, value].map(str::trim);
    if name.is_empty() || value.is_empty() || word.contains(char::is_control) {
        return Err("write a name and what is so, in one line, such as `rack=7`".to_owned());
    }
    Ok(HostFact { name: name.to_owned(), value: value.to_owned(), detail: false })
}

/// The facts that were found and then those that were given.
///
/// Errors: a given one has the name of another, so that a reader could not tell them apart.
pub(super) fn together(found: Vec<HostFact>, given: &[HostFact]) -> Result<Vec<HostFact>, Failure> {
    let mut facts = found;
    for fact in given {
        let name = &fact.name;
        if TAKEN.contains(&name.as_str()) || facts.iter().any(|known| known.name == *name) {
            let text = format!("error: there is a fact `{name}` already; give `--fact` another name");
            return Err(Failure::Input(text));
        }
        facts.push(fact.clone());
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn a_fact_has_a_name_and_a_value() {
        let read = |word| fact(word).map(|fact| (fact.name, fact.value));
        let whole = ("processor-note".to_owned(), "emulated VNMI (QEMU, a=b)".to_owned());
        assert_eq!(read("processor-note=emulated VNMI (QEMU, a=b)"), Ok(whole));
        for bad in ["", "=", "name", "name=", "=value", " = ", "a=b\nc"] {
            assert!(fact(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_not_given_twice() {
        let [kernel, rack, strategy] = ["kernel=6.1", "rack=7", "strategy=x"].map(|word| fact(word).expect("a fact"));
        let names = |given: &[HostFact]| {
            let facts = together(vec![kernel.clone()], given).ok()?;
            Some(facts.into_iter().map(|fact| fact.name).collect::<Vec<_>>())
        };
        assert_eq!(names(from_ref(&rack)), Some(vec!["kernel".to_owned(), "rack".to_owned()]));
        assert_eq!(names(from_ref(&kernel)), None);
        assert_eq!(names(&[rack.clone(), rack]), None);
        assert_eq!(names(&[strategy]), None);
    }
}
