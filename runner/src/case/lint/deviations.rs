use crate::case::deviations::Deviation;
use crate::case::diagnostics::{Place, Report};

/// Every deviation must concern a case, and no trial may have two.
pub(in crate::case) fn deviations(list: &[(Deviation, Place)], ids: &[String], report: &mut Report) {
    for (index, (deviation, place)) in list.iter().enumerate() {
        let matched: Vec<&String> = ids.iter().filter(|id| deviation.glob.is_match(id)).collect();
        if matched.is_empty() {
            let message = format!("no case matches `{}`", deviation.cases);
            report.add_help(*place, "deviation-without-case", message, "`*` stays within a folder, `**` does not");
        }
        let earlier = list.iter().take(index).map(|(earlier, _)| earlier);
        let twice = |other: &Deviation| matched.iter().any(|id| other.glob.is_match(id)) && overlap(deviation, other);
        if let Some(other) = earlier.into_iter().find(|other| twice(other)) {
            let message = format!("the entry for `{}` says something of the same trials already", other.cases);
            report.add_help(*place, "duplicate-deviation", message, "narrow one of the two, or join them");
        }
    }
}

/// Whether two deviations can concern the same trial of one case. Two different kernel ranges are taken to be apart.
fn overlap(one: &Deviation, other: &Deviation) -> bool {
    fn meet<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.is_empty() || other.is_empty() || one.iter().any(|value| other.contains(value))
    }
    let kernels = match (&one.kernels, &other.kernels) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    kernels
        && one.strategies.iter().any(|strategy| other.strategies.contains(strategy))
        && meet(&one.modes, &other.modes)
        && meet(&one.paths, &other.paths)
}
