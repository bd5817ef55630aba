// Stands before everything else and is no module, so that a page in the chosen theme never flashes in the other one.
(() => {
  const theme = localStorage.getItem('fenliu.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
