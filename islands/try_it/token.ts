/**
 * The key that all forms of the page share. It lives as long as the page and is kept nowhere.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";

let token = "";
const listeners = new Set<(token: string) => void>();

/** Sets the key for all forms. */
export function setToken(value: string): void {
  token = value;
  for (const listener of listeners) listener(value);
}

/** The key, and a new rendering when it changes. */
export function useToken(): string {
  const [value, setValue] = useState(token);
  useEffect(() => {
    listeners.add(setValue);
    setValue(token);
    return () => void listeners.delete(setValue);
  }, []);
  return value;
}
