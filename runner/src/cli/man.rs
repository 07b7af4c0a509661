//! `nmi man`.

use std::io;

use clap::Command;
use clap_mangen::Man;
use reports::code;

use super::failure::Failure;
use crate::command::print;

/// `nmi man`: the manual page of the command and its subcommands.
pub(super) fn man(command: Command) -> Result<u8, Failure> {
    print(&page(command)?)?;
    Ok(code::FINE)
}

/// The page as roff.
///
/// clap_mangen makes a page for each subcommand; here they are sections of one page.
fn page(command: Command) -> io::Result<String> {
    // The version is in the footer of the page.
    let version = command.get_version().unwrap_or_default().to_owned();
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let whole = Man::new(command.clone()).date("").manual("").source(format!("nmi {}", version));
    let mut text = text(|out| {
        whole.render_title(out)?;
        whole.render_name_section(out)?;
        whole.render_synopsis_section(out)?;
        whole.render_description_section(out)?;
        whole.render_options_section(out)
    })?;
    for subcommand in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        text += &part(subcommand)?;
    }
    text += ".SH \"EXIT STATUS\"\n";
    for (code, meaning) in code::MEANINGS {
        text += &format!(".TP\n{code}\n{meaning}\n");
    }
    Ok(text)
}

/// The section of a subcommand, with its own sections as subsections.
fn part(subcommand: &Command) -> io::Result<String> {
    let title = format!(".SH \"nmi {}\"\n", subcommand.get_name());
    // Flags of all commands are described once.
    let everywhere = ["color", "help"].into_iter();
    let known = |name: &&str| subcommand.get_arguments().any(|it| it.get_id() == name);
    let own = everywhere.filter(known).fold(subcommand.clone(), |it, name| it.mut_arg(name, |it| it.hide(true)));
    let page = Man::new(own);
    let sections = text(|out| {
        page.render_synopsis_section(out)?;
        page.render_description_section(out)?;
        page.render_options_section(out)
    })?;
    let sections = sections.lines().map(|line| match line.strip_prefix(".SH ") {
        Some(title) => format!(".SS {title}\n"),
        None => format!("{line}\n"),
    });
    Ok(title + &sections.collect::<String>())
}

/// What `write` writes, as text.
fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
