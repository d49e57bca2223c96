/**
 * The folders of one user's images as a tree with counts, kept up with every change.
 *
 * @module
 */

/** Number of a folder in its tree; 0 is the root. */
export type FolderNode = number;

/** The root. */
export const ROOT: FolderNode = 0;

interface Folder {
  readonly parent: FolderNode;
  readonly name: string;
  readonly depth: number;
  readonly children: Map<string, FolderNode>;
  /** Different images anywhere inside. */
  inside: number;
  /** Different images right in it. */
  direct: number;
}

const newFolder = (parent: FolderNode, name: string, depth: number): Folder => ({
  parent,
  name,
  depth,
  children: new Map(),
  inside: 0,
  direct: 0,
});

/** See the module's comment. */
export class FolderTree {
  #folders: (Folder | null)[] = [newFolder(ROOT, "", 0)];
  #free: FolderNode[] = [];

  #at(node: FolderNode): Folder {
    return this.#folders[node]!;
  }

  #child(parent: FolderNode, name: string): FolderNode {
    const { children, depth } = this.#at(parent);
    const known = children.get(name);
    if (known !== undefined) return known;
    const node = this.#free.pop() ?? this.#folders.length;
    this.#folders[node] = newFolder(parent, name, depth + 1);
    children.set(name, node);
    return node;
  }

  /** The folder that a path lies in, made where there is none. Count an image into it at once. */
  folderOf(path: string): FolderNode {
    let node: FolderNode = ROOT;
    for (let from = 0, to = path.indexOf("/"); to !== -1; from = to + 1, to = path.indexOf("/", from)) {
      node = this.#child(node, path.slice(from, to));
    }
    return node;
  }

  /** The folder of a name such as `a/b`, or null. */
  find(folder: string): FolderNode | null {
    let node: FolderNode = ROOT;
    for (const name of folder.split("/")) {
      const next = this.#at(node).children.get(name);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  /** Whether `node` is `folder` or lies inside it. */
  isInside(node: FolderNode, folder: FolderNode): boolean {
    const { depth } = this.#at(folder);
    let at = node;
    for (let folderAt = this.#at(at); folderAt.depth > depth; folderAt = this.#at(at)) at = folderAt.parent;
    return at === folder;
  }

  /** Counts an image in (+1) or out (-1) of all folders it lies in; each folder counts it once. */
  count(nodes: readonly FolderNode[], delta: 1 | -1): void {
    if (nodes.length === 1) this.#countOne(nodes[0]!, delta);
    else this.#countMany(nodes, delta);
    if (delta === -1) { for (const node of nodes) this.#prune(node); }
  }

  /** What nearly every image needs, without a set. */
  #countOne(node: FolderNode, delta: 1 | -1): void {
    let at = this.#at(node);
    at.direct += delta;
    for (at.inside += delta; at.depth > 0; at.inside += delta) at = this.#at(at.parent);
  }

  #countMany(nodes: readonly FolderNode[], delta: 1 | -1): void {
    const above = new Set<FolderNode>();
    for (const node of new Set(nodes)) {
      this.#at(node).direct += delta;
      for (let at = node; !above.has(at); at = this.#at(at).parent) above.add(at);
    }
    for (const node of above) this.#at(node).inside += delta;
  }

  #prune(node: FolderNode): void {
    let at = node;
    while (at !== ROOT) {
      const folder = this.#folders[at];
      if (folder === null || folder === undefined || folder.inside > 0 || folder.children.size > 0) return;
      this.#at(folder.parent).children.delete(folder.name);
      this.#folders[at] = null;
      this.#free.push(at);
      at = folder.parent;
    }
  }

  /** Images in a folder. @param deep those of its subfolders too */
  imagesIn(node: FolderNode, deep: boolean): number {
    return deep ? this.#at(node).inside : this.#at(node).direct;
  }

  /** The folders right below, by name. */
  below(node: FolderNode): { name: string; imageCount: number }[] {
    return [...this.#at(node).children]
      .map(([name, child]) => ({ name, imageCount: this.#at(child).inside }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
