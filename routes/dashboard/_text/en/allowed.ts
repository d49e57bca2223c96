/**
 * English: what a parameter of a picture's address allows, in the words of `describeAllowed()`.
 *
 * @module
 */

/** See the module's comment. */
export const EN_ALLOWED = {
  integer: "a whole number from {min} to {max}",
  enum: "one of {values}",
  boolean: "true or false",
  color: "hex digits rgb, rrggbb or rrggbbaa without #",
  point: "x,y with each from 0 to 1",
  version: "8 hex digits",
  fault: 'Parameter "{key}" must be {allowed}, got "{value}"',
} as const;
