import { expect, test } from "vitest";
import { isPage } from "./page.ts";

const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`;

test.each([
  "<!DOCTYPE html><title>Log in</title>",
  "\n\t<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>",
  "\u00ef\u00bb\u00bf<HTML lang=en>",
  "<!-- mirror 7 --><!-- - -- > --> <html>",
  `${declaration}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">`,
  `${declaration}<?xml-stylesheet href="a.css"?><!-- page --><html xmlns="http://www.w3.org/1999/xhtml">`,
  "<head><title>403</title></head>",
  "<body>Blocked",
  "<title>Blocked</title>",
  `<meta http-equiv="refresh" content="0; url=https://login.example/">`,
  "<script>location = 'https://login.example/'</script>",
  "<h1>503 Service Unavailable</h1>",
])("%s is a page", (start) => expect(isPage(start)).toBe(true));

test.each([
  "",
  "Sign in",
  `${declaration}<project xmlns="http://maven.apache.org/POM/4.0.0">`,
  `<!-- Licensed to the ASF -->\n<project>`,
  `${declaration}<repomd xmlns="http://linux.duke.edu/metadata/repo">`,
  `<svg xmlns="http://www.w3.org/2000/svg"><title>A page</title>`,
  `${declaration}<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">`,
  `<!DOCTYPE fontconfig SYSTEM "fonts.dtd">`,
  "<htmlish>",
  "<!-- <html> -->",
  "# <html>",
  "\u007fELF\u0002\u0001",
])("%s is a file", (start) => expect(isPage(start)).toBe(false));

test("a file of nothing but comments is looked through in no time", () => {
  expect(isPage(`${"<!-- - -->".repeat(2000)}<!-- `)).toBe(false);
});
