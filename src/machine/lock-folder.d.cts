/** See lock-folder.cjs. */
export declare function lockFolders(): readonly string[];
/** See lock-folder.cjs. */
export declare function requireOwnFolder(folder: string): void;
