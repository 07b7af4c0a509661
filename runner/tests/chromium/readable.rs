//! Accessibility of pages: on small screens, by keyboard, on paper, and with a screen reader.

use std::fs;
use std::path::Path;

use libtest_mimic::{Completion, Failed};
use serde_json::json;

use super::pages::{failing, folder, kinds};
use super::{Chromium, View, axe, check};

/// Finds elements that do not fit, and those that scroll but not by keyboard.
const LAYOUT: &str = include_str!("layout.js");
/// Opens everything that is closed and shows two cases, so that all of a page is checked.
const UNFOLD: &str = include_str!("unfold.js");

/// Only designated regions scroll sideways, also by keyboard; on paper nothing is cut.
pub(crate) fn fits(browser: &mut Chromium) -> Result<Completion, Failed> {
    for page in kinds()?.all() {
        for view in View::ALL.into_iter().chain([View::PAPER]) {
            let mut tab = browser.open(page, view)?;
            tab.evaluate(UNFOLD)?;
            let wrong = tab.evaluate(LAYOUT)?;
            check(wrong == json!([]), &format!("{} fits, {}: {wrong:#}", page.display(), view.name))?;
        }
    }
    Ok(Completion::Completed)
}

/// On a small screen the rule is above the listing; on a large screen they are side by side.
pub(crate) fn rule_first(browser: &mut Chromium) -> Result<Completion, Failed> {
    let page = failing()?;
    let place = |selector: &str| format!("document.querySelector('#failures {selector}').getBoundingClientRect()");
    let (rules, listing) = (place(".rules"), place(".listing"));
    let above = format!("{rules}.bottom <= {listing}.top");
    let beside = format!("{rules}.left >= {listing}.right && {rules}.top < {listing}.top");
    for (view, holds) in [(View::PHONE, above), (View::LIGHT, beside)] {
        let seen = browser.open(&page, view)?.evaluate(&holds)?;
        check(seen == json!(true), &format!("{}: {holds}", view.name))?;
    }
    Ok(Completion::Completed)
}

/// axe finds nothing in any page, light and dark, large and small.
pub(crate) fn axe_finds_nothing(browser: &mut Chromium) -> Result<Completion, Failed> {
    let source = match axe::source(&folder()?) {
        Ok(source) => source,
        Err(why) => return Ok(Completion::ignored_with(format!("not run here: {why}"))),
    };
    for page in kinds()?.all() {
        for view in View::ALL {
            let mut tab = browser.open(page, view)?;
            tab.evaluate(UNFOLD)?;
            let found = axe::violations(&mut tab, &source)?;
            check(found.is_empty(), &format!("{} is sound, {}: {found:#?}", page.display(), view.name))?;
        }
    }
    Ok(Completion::Completed)
}

/// axe finds faults that a change of the templates could introduce.
pub(crate) fn axe_finds_planted_faults(browser: &mut Chromium) -> Result<Completion, Failed> {
    let source = match axe::source(&folder()?) {
        Ok(source) => source,
        Err(why) => return Ok(Completion::ignored_with(format!("not run here: {why}"))),
    };
    let html = fs::read_to_string(failing()?)?;
    let faults = [
        ("image-alt", "<main>", "<main><img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\">"),
        ("color-contrast", "--quiet: #", "--quiet: #ccc; --was: #"),
        ("label", " aria-label=\"words to look for\"", ""),
        ("html-has-lang", "<html lang=\"en\">", "<html>"),
    ];
    for (rule, sound, faulty) in faults {
        check(html.contains(sound), &format!("the page has {sound}, which is to be planted over"))?;
        let file = folder()?.join(format!("planted-{rule}.html"));
        fs::write(&file, html.replace(sound, faulty).replace(" placeholder=", " data-was="))?;
        let found = plant(browser, &file, &source)?;
        check(found.iter().any(|line| line.starts_with(&format!("{rule}:"))), &format!("{rule} is found: {found:#?}"))?;
    }
    Ok(Completion::Completed)
}

/// The project's own layout check finds faults, too.
pub(crate) fn layout_faults_are_found(browser: &mut Chromium) -> Result<Completion, Failed> {
    let html = fs::read_to_string(failing()?)?;
    let faults = [
        ("scroller", " tabindex=\"0\"", "", "cannot be scrolled by keyboard"),
        ("wide", "<main>", "<main><p style=\"width: 2000px\">wide</p>", "the page scrolls sideways"),
        ("cut", "<main>", "<main><p style=\"width: 9px; overflow: hidden\">a-word-that-is-cut</p>", "is cut"),
        ("link", "text-decoration: underline", "text-decoration: none", "is told from text by its colour alone"),
    ];
    for (name, sound, faulty, said) in faults {
        check(html.contains(sound), &format!("the page has {sound}, which is to be planted over"))?;
        let file = folder()?.join(format!("planted-{name}.html"));
        fs::write(&file, html.replace(sound, faulty))?;
        let wrong = browser.open(&file, View::PHONE)?.evaluate(LAYOUT)?.to_string();
        check(wrong.contains(said), &format!("{name}: {said}: {wrong}"))?;
    }
    Ok(Completion::Completed)
}

fn plant(browser: &mut Chromium, file: &Path, source: &str) -> Result<Vec<String>, Failed> {
    let mut tab = browser.open(file, View::LIGHT)?;
    tab.evaluate(UNFOLD)?;
    axe::violations(&mut tab, source)
}

/// Draws the picture of the README: the page of a machine that drops every NMI, down to the end of the first failure's timeline.
pub(crate) fn readme_picture(browser: &mut Chromium) -> Result<Completion, Failed> {
    const WIDTH: u32 = 1160;
    let mut tab = browser.open(&failing()?, View { name: "README", width: WIDTH, dark: false })?;
    let bottom = "(() => {
      document.querySelectorAll('#failures details').forEach((one) => { one.open = false; });
      const article = document.querySelector('#failures article');
      document.querySelectorAll('#failures ~ *, #failures article ~ *').forEach((one) => one.remove());
      return Math.ceil(article.getBoundingClientRect().bottom + scrollY + 20);
    })()";
    let height = tab.evaluate(bottom)?.as_u64().and_then(|height| u32::try_from(height).ok());
    let picture = tab.picture(WIDTH, height.ok_or("no failure is shown")?, 0.85)?;
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../reports/report.png"), picture)?;
    Ok(Completion::Completed)
}
