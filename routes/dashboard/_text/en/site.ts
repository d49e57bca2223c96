/**
 * English: about, terms, privacy. A paragraph a line; whoever runs a server for others puts their own words here.
 *
 * @module
 */

/** See the module's comment. */
export const EN_SITE = {
  about: {
    title: "About",
    lead: "An image host that a developer can run, read and trust.",
    whatTitle: "What it is",
    what:
      "imgsrc keeps pictures and serves them by address: in any size and format, made on the first request, kept for " +
      "every later one. It is one program: an API, the pictures' addresses, and this dashboard.",
    howTitle: "How it works",
    how:
      "Originals are kept as they were uploaded, once for each content. Pictures are decoded, resized and encoded in " +
      "WebAssembly, in processes of their own that may touch nothing else. Answers carry strong etags and may be kept " +
      "by every cache on the way.",
    whoTitle: "Who runs it",
    who: "Whoever started this server. Questions about your account or your pictures go to them.",
  },
  terms: {
    title: "Terms of service",
    lead: "What you may expect of this service, and it of you.",
    whatTitle: "Your pictures are yours",
    what:
      "You keep every right in what you upload. You allow the service to keep it, to make other sizes and formats of " +
      "it, and to serve it as you ask. You upload only what you may.",
    howTitle: "What isn't allowed",
    how:
      "Nothing that is against the law or the rights of others, nothing that harms people, and no use that stops the " +
      "service for others. Such pictures may be taken down and such accounts closed.",
    whoTitle: "Plans and the end of them",
    who:
      "Plans and limits are those of the page on pricing. You may leave at any time: export your pictures, then delete " +
      "your account in the settings. The service is given as it is, without a warranty beyond what the law asks for.",
  },
  privacy: {
    title: "Privacy policy",
    lead: "What is kept about you, why, and for how long.",
    whatTitle: "What is kept",
    what:
      "Your user name, your e-mail address where you gave one, a hash of your password, your settings, your pictures " +
      "with what their files say of themselves (such as camera and place, unless you have it taken away at the upload), " +
      "and counts of requests. Nothing is told to advertisers, and no page here loads anything from elsewhere.",
    howTitle: "Cookies",
    how:
      "One that keeps you signed in, and one each for theme and language where you choose them. None is for tracking.",
    whoTitle: "Your rights",
    who: "You can export everything and delete the account with all pictures in the settings at any time. Deleted " +
      "pictures are gone from here at once; copies in browsers and caches end by themselves.",
  },
} as const;
