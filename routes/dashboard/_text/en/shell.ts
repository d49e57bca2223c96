/**
 * English: the frame around every page.
 *
 * @module
 */

/** See the module's comment. */
export const EN_SHELL = {
  skip: "Skip to content",
  home: "imgsrc, home",
  mainNavigation: "Main",
  accountNavigation: "Account",
  footNavigation: "About this site",
  menu: "Menu",
  images: "Images",
  publish: "Publish",
  usage: "Usage",
  settings: "Settings",
  pricing: "Pricing",
  docs: "Docs",
  api: "API",
  about: "About",
  terms: "Terms",
  privacy: "Privacy",
  signIn: "Sign in",
  signUp: "Sign up",
  signOut: "Sign out",
  signedInAs: "Signed in as {name}",
  theme: "Theme",
  themeLight: "Light",
  themeDark: "Dark",
  themeSystem: "System",
  language: "Language",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Could not copy; select the text instead",
  cancel: "Cancel",
  close: "Close",
  delete: "Delete",
  save: "Save",
  undo: "Undo",
  retry: "Try again",
  loading: "Loading",
  problem: "Something went wrong",
  notFoundTitle: "There is nothing here",
  notFoundText: "The address may be mistyped, or what was here has been moved or deleted.",
  toHome: "To the home page",
} as const;
