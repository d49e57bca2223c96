/// <reference lib="dom" />
/**
 * What was chosen, dropped or pasted: which of it are pictures, under which names, and where they go.
 *
 * @module
 */
import { formatOfExtension, splitExtension } from "../../codec/formats.ts";

/** A file with the folders that it came in. */
export interface ChosenFile {
  readonly file: File;
  /** Joined by `/`; often empty. */
  readonly folder: string;
}

/** Whether a file says that it is a picture. What says nothing at all is for the server to judge. */
export function isPicture({ name, type }: Pick<File, "name" | "type">): boolean {
  if (name.startsWith(".")) return false;
  const extension = name.includes(".") ? name.split(".").at(-1)! : "";
  if (formatOfExtension(extension) !== null || type.startsWith("image/")) return true;
  return type === "" && extension === "";
}

/** Names that browsers and phones give to every picture: kept as they are, the second would take the place of the first. */
const COMMON_NAME = /^(image|photo|capture|clipboard|blob)\.(\w+)$/i;
const two = (number: number) => String(number).padStart(2, "0");

/**
 * A name that no other picture has, in place of one that all have.
 *
 * @param taken how many were named at this moment already
 */
export function tellingName(name: string, at: Date, taken: number): string {
  const match = COMMON_NAME.exec(name);
  if (match === null) return name;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  return `${match[1]!.toLowerCase()}-${day}-${time}${taken === 0 ? "" : `-${taken + 1}`}.${match[2]!.toLowerCase()}`;
}

/** The folders of a path as browsers give it for a file of a folder: `holiday/2026/a.jpg` → `holiday/2026`. */
export function folderOf(relativePath: string): string {
  return relativePath.split("/").filter((part) => part !== "").slice(0, -1).join("/");
}

/**
 * The field `path` of an upload. A name that ends like a picture's goes whole; for another one the folder is named, and
 * the server adds the name.
 */
export function pathField(target: string, folder: string, name: string): string {
  const parts = [...target.split("/"), ...folder.split("/")].filter((part) => part !== "" && part !== ".");
  if (splitExtension(name).extension !== null) parts.push(name);
  return parts.join("/");
}

/** One level of a dropped folder at a time: `readEntries` gives a hundred, then the next hundred. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function filesUnder(entry: FileSystemEntry): Promise<ChosenFile[]> {
  if (entry.isDirectory) {
    const found: ChosenFile[] = [];
    for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) found.push(...await filesUnder(child));
    return found;
  }
  const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  return [{ file, folder: folderOf(entry.fullPath) }];
}

/** What was dropped, folders with all that is in them. The transfer's items are read at once: later they are gone. */
export async function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.kind === "file" ? item.webkitGetAsEntry() ?? [] : []);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, folder: "" }));
  return (await Promise.all(entries.map(filesUnder))).flat();
}

/** What was chosen in a field, of files or of a folder. */
export function chosenFiles(list: FileList | null): ChosenFile[] {
  return [...list ?? []].map((file) => ({ file, folder: folderOf(file.webkitRelativePath) }));
}
