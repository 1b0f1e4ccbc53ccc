/** The panel is a page with a script and a style of ours, and nothing else. */
export const panelHtml = (source: string, script: string, style: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${source}; style-src ${source}">
<link rel="stylesheet" href="${style}">
<title>Network</title>
</head>
<body>
<h1 id="name">Put the cursor into a decompose statement.</h1>
<div id="picture"></div>
<script type="module" src="${script}"></script>
</body>
</html>
`;
