/**
 * English: sign in, sign up, welcome.
 *
 * @module
 */

/** See the module's comment. */
export const EN_SIGN_IN = {
  title: "Sign in",
  welcomeBack: "Welcome back",
  login: "User name or e-mail",
  password: "Password",
  submit: "Sign in",
  withPasskey: "Sign in with a passkey",
  or: "or",
  noAccount: "No account yet?",
  makeOne: "Make one",
  noPassword: "No password yet?",
  noPasswordText: "Whoever runs this server can set one, or make a link that signs in once:",
  wrong: "User name or password is wrong.",
  linkUsed: "This link has been used already, or is too old.",
  passkeyFailed: "The passkey was not accepted.",
  signUpTitle: "Make an account",
  signUpLead: "Free to begin with. No card needed.",
  signUpClosed: "Sign-up is closed here. Whoever runs this server can make you an account.",
  userName: "User name",
  userNameHint: "3 to 32 of a–z, 0–9, _ and -. It stands in the addresses of your pictures.",
  email: "E-mail",
  passwordHint: "{count} characters or more",
  signUpSubmit: "Make the account",
  haveAccount: "Have an account?",
  agree: "By making an account you agree to the",
  and: "and the",
  welcomeTitle: "Choose a user name",
  welcomeSubmit: "Begin",
} as const;
