//! The files and directories that builds read by convention.

use crate::npm::is_checker;

/// What content covers of every package, where it exists: the sources, and the directories that
/// builds read by convention (templates, migrations, schemas, prepared queries, translations,
/// embedded assets), with the settings of the macros that read them.
pub const CONVENTIONAL: [&str; 17] = [
    "src",
    ".sqlx",
    "askama.toml",
    "assets",
    "graphql",
    "i18n",
    "i18n.toml",
    "locales",
    "migrations",
    "proto",
    "protos",
    "queries",
    "schema",
    "sql",
    "sqlx.toml",
    "static",
    "templates",
];

/// What content covers of the workspace's root as well, where it exists.
pub(super) const OF_WORKSPACE: [&str; 1] = [".sqlx"];

/// What content covers of what is built by something else than cargo, where it exists: manifests and
/// lock files of JavaScript's package managers, the entry page, sources, public files, and patches of
/// dependencies. Environment files and configurations count by their names as well.
pub const CONVENTIONAL_ELSEWHERE: [&str; 27] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "index.html",
    "angular.json",
    "app",
    "assets",
    "components",
    "content",
    "lib",
    "locales",
    "pages",
    "patches",
    "public",
    "src",
    "static",
    "styles",
    "templates",
    "views",
    ".yarn/patches",
];

/// What content covers at the root of a front end's workspace, where it exists.
pub const OF_NPM_ROOT: [&str; 11] = [
    "package.json",
    "pnpm-workspace.yaml",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    ".pnpmfile.cjs",
    "patches",
    ".yarn/patches",
];

/// What a script is written in.
const SCRIPTS: [&str; 7] = ["cjs", "cts", "js", "json", "mjs", "mts", "ts"];

/// Tools with files such as `.babelrc` and `.babelrc.json`.
const RC_FILES: [&str; 8] = [
    ".babelrc",
    ".browserslistrc",
    ".linaria",
    ".parcelrc",
    ".postcssrc",
    ".sassrc",
    ".svgrrc",
    ".swcrc",
];

/// Whether a bundler may read the file as its environment: `.env`, `.env.local`, `.env.production`
/// and others. The mode of a build has any name, so none is left out.
pub(super) fn is_environment(name: &str) -> bool {
    (name == ".env" || name.starts_with(".env.")) && !is_example(name)
}

/// Whether a file shows what an environment file may hold, or is left over from one.
pub(super) fn is_example(name: &str) -> bool {
    const ENDINGS: [&str; 8] =
        [".example", ".sample", ".template", ".dist", ".bak", ".orig", ".swp", "~"];
    name.starts_with(".env") && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file is the configuration of a tool that builds, by its name: `vite.config.ts`,
/// `webpack.prod.js`, `tsconfig.app.json`, `.babelrc`.
pub(super) fn is_configuration(name: &str) -> bool {
    let is_script =
        || name.rsplit_once('.').is_some_and(|(_, extension)| SCRIPTS.contains(&extension));
    let is_typescript = || {
        let part = name.strip_prefix("tsconfig").or(name.strip_prefix("jsconfig"));
        part.and_then(|part| part.strip_suffix(".json")).is_some_and(|part| {
            (part.is_empty() || part.starts_with('.'))
                && ![".spec", ".test", ".eslint", ".vitest"].contains(&part)
        })
    };
    let is_named = name.contains(".config.") || name.starts_with("webpack.");
    (is_named && is_script() && !is_checker(name)) || is_typescript() || is_rc(name)
}

fn is_rc(name: &str) -> bool {
    RC_FILES.iter().any(|rc| {
        name.strip_prefix(rc).is_some_and(|rest| {
            let extension = rest.strip_prefix('.');
            let is_text = |extension: &str| {
                SCRIPTS.contains(&extension) || ["toml", "yaml", "yml"].contains(&extension)
            };
            rest.is_empty() || extension.is_some_and(is_text)
        })
    })
}

/// Whether a tool that builds a package below looks for the file above it.
pub(super) fn is_looked_for_above(name: &str) -> bool {
    const TOOLS: [&str; 3] = ["babel.config.", "postcss.config.", "tailwind.config."];
    let is_tool = TOOLS.iter().any(|tool| name.starts_with(tool)) && is_configuration(name);
    is_tool || is_rc(name)
}

/// Whether a file in a package's directory counts by its name.
pub(super) fn counts_by_name(name: &str) -> bool {
    is_environment(name) || is_configuration(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_files() {
        for (name, expected) in [
            (".env", true),
            (".env.local", true),
            (".env.production", true),
            (".env.production.local", true),
            (".env.example", false),
            (".env.local.example", false),
            (".env~", false),
            (".envrc", false),
            ("env", false),
            (".environment", false),
        ] {
            assert_eq!(is_environment(name), expected, "{name}");
        }
    }

    #[test]
    fn configurations() {
        for name in [
            "vite.config.ts",
            "vite.config.prod.mts",
            "webpack.config.js",
            "webpack.prod.js",
            "next.config.mjs",
            "svelte.config.js",
            "postcss.config.cjs",
            "postcss.config.json",
            "tailwind.config.ts",
            "babel.config.js",
            "babel.config.json",
            ".babelrc",
            ".babelrc.js",
            ".postcssrc.yml",
            ".browserslistrc",
            ".swcrc",
            "tsconfig.json",
            "tsconfig.app.json",
            "jsconfig.json",
            "nuxt.config.ts",
            "rsbuild.config.ts",
        ] {
            assert!(is_configuration(name), "{name}");
        }
        for name in [
            "eslint.config.js",
            "prettier.config.mjs",
            "jest.config.ts",
            "vitest.config.ts",
            "playwright.config.ts",
            "tsconfig.spec.json",
            "tsconfig.tsbuildinfo",
            "vite.config.ts.timestamp-1",
            "vite.config.md",
            ".eslintrc.json",
            ".npmrc",
            "config.js",
        ] {
            assert!(!is_configuration(name), "{name}");
        }
    }
}
