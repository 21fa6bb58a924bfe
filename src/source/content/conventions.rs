//! The files and directories that builds read by convention.

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
/// lock files of JavaScript's package managers, the entry page, sources, public files, and the
/// configuration of common bundlers.
pub const CONVENTIONAL_ELSEWHERE: [&str; 36] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "deno.json",
    "deno.lock",
    "index.html",
    "angular.json",
    "astro.config.mjs",
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "nuxt.config.ts",
    "rollup.config.js",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.js",
    "vite.config.mjs",
    "vite.config.ts",
    "vue.config.js",
    "webpack.config.js",
    "app",
    "assets",
    "components",
    "content",
    "lib",
    "locales",
    "pages",
    "public",
    "src",
    "static",
    "styles",
    "templates",
    "views",
];
