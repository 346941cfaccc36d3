/** Words with blanks and line ends between them. */
export const list = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The same, to be looked up. */
export const words = (text: string): ReadonlySet<string> => new Set(list(text));
