// What the browser does by itself. Nothing here asks anybody but the server that sent it.
(() => {
  const wanted = { words: [], states: [], studies: [] };

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // A row stays where it has all the words, and one of the states and studies that are wanted.
  functions.passes = (params) => {
    const row = params.data;
    if (!row) return true;
    if (wanted.states.length && !wanted.states.includes(row.state)) return false;
    if (wanted.studies.length && !wanted.studies.includes(row.study)) return false;
    return wanted.words.every((word) => row.words.includes(word));
  };

  functions.epochs = (params) =>
    params.value == null ? '–' : `${params.value} of ${params.data.epochs ?? '?'}`;

  functions.moment = (params) => {
    if (params.value == null) return '–';
    const time = new Date(params.value);
    const two = (number) => String(number).padStart(2, '0');
    return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
      `${two(time.getHours())}:${two(time.getMinutes())}`;
  };

  // Enter in the table opens the run.
  functions.follow = (params) => {
    if (params.event && params.event.key === 'Enter' && params.data) go(params.data.href);
  };

  const go = (href) => {
    window.history.pushState({}, '', href);
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
    window.scrollTo(0, 0);
  };

  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  components.RunLink = (props) =>
    React.createElement(
      'a',
      {
        href: props.data.href,
        tabIndex: -1, // reached by arrows, followed by enter
        onClick: (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go(props.data.href);
        },
      },
      props.value,
    );

  components.StateTag = (props) =>
    React.createElement('span', { className: `tag ${props.data.tone}` }, props.value);

  const same = (some, others) =>
    some.length === others.length && some.every((one, place) => one === others[place]);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    blink: {
      // One output for each view: whether it is hidden.
      navigate: (path, paths) => {
        const at = path && path.startsWith('/run/') ? '/run' : paths.includes(path) ? path : '/';
        for (const link of document.querySelectorAll('#navigation a')) {
          if (link.getAttribute('href') === at) link.setAttribute('aria-current', 'page');
          else link.removeAttribute('aria-current');
        }
        window.requestAnimationFrame(() => window.dispatchEvent(new Event('resize')));
        return paths.map((one) => one !== at);
      },

      theme: () => [window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'],

      filter: (search, states, studies) => {
        wanted.words = (search || '').toLowerCase().split(/\s+/).filter(Boolean);
        wanted.states = states || [];
        wanted.studies = studies || [];
        window.dash_ag_grid.getApiAsync('grid').then((api) => api.onFilterChanged());
        return [Date.now()];
      },

      shown: (rows, before) => {
        const ids = (rows || []).map((row) => row.id);
        return [same(ids, before || []) ? window.dash_clientside.no_update : ids];
      },

      chosen: (rows, before) => {
        const ids = (rows || []).map((row) => row.id);
        if (same(ids, before || [])) return Array(3).fill(window.dash_clientside.no_update);
        const words = ids.length === 0
          ? 'No run chosen: tick some in the table.'
          : `${ids.length} ${ids.length === 1 ? 'run' : 'runs'} chosen: ` +
            `${rows.slice(0, 4).map((row) => row.name).join(', ')}${ids.length > 4 ? ', …' : ''}`;
        return [ids, words, ids.length === 0];
      },

      clear: (clicks) => [clicks ? true : window.dash_clientside.no_update],
    },
  });
})();
