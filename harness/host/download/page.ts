/** What may come before the first element: a byte order mark in Latin-1, blanks, instructions such as XML's declaration, comments. */
const front = /^(?:\u{ef}\u{bb}\u{bf})?(?:\s|<\?[^>]*>|<!--(?:[^-]|-(?!->))*-->)*/u;

/** How HTML begins, with or without the elements that may be left out. */
const html = /^<(?:!doctype\s+html|html|head|body|title|meta|script|iframe|h1|div|center)\b/i;

/**
 * Whether a file that begins like this, read as Latin-1, is a page of HTML: what a proxy or a mirror sends in place of a file, with
 * whatever status and type. Other XML is a file.
 */
export const isPage = (start: string): boolean => html.test(start.replace(front, ""));
