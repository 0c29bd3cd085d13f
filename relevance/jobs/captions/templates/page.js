// Nothing but the gallery lives on this page.

startGallery();
