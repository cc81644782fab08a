// Tells ThreadSanitizer of GLib's locks and queues, which live in a library that is not built for it: what one
// thread did before it unlocked, pushed or let go happened before what the next one does. Part of element tests in
// builds with -Db_sanitize=thread only.
#include <dlfcn.h>
#include <glib.h>
#include <gst/gst.h>

#pragma GCC visibility push(default)

extern "C" {

void __tsan_acquire(void* address);
void __tsan_release(void* address);

#define LC_NEXT(name) static const auto next = reinterpret_cast<decltype(&name)>(dlsym(RTLD_NEXT, #name))

void g_mutex_lock(GMutex* mutex) {
  LC_NEXT(g_mutex_lock);
  next(mutex);
  __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex* mutex) {
  LC_NEXT(g_mutex_trylock);
  const gboolean locked = next(mutex);
  if (locked) __tsan_acquire(mutex);
  return locked;
}

void g_mutex_unlock(GMutex* mutex) {
  LC_NEXT(g_mutex_unlock);
  __tsan_release(mutex);
  next(mutex);
}

void g_rec_mutex_lock(GRecMutex* mutex) {
  LC_NEXT(g_rec_mutex_lock);
  next(mutex);
  __tsan_acquire(mutex);
}

gboolean g_rec_mutex_trylock(GRecMutex* mutex) {
  LC_NEXT(g_rec_mutex_trylock);
  const gboolean locked = next(mutex);
  if (locked) __tsan_acquire(mutex);
  return locked;
}

void g_rec_mutex_unlock(GRecMutex* mutex) {
  LC_NEXT(g_rec_mutex_unlock);
  __tsan_release(mutex);
  next(mutex);
}

void g_cond_wait(GCond* condition, GMutex* mutex) {
  LC_NEXT(g_cond_wait);
  __tsan_release(mutex);
  next(condition, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond* condition, GMutex* mutex, gint64 end) {
  LC_NEXT(g_cond_wait_until);
  __tsan_release(mutex);
  const gboolean signalled = next(condition, mutex, end);
  __tsan_acquire(mutex);
  return signalled;
}

void g_async_queue_push(GAsyncQueue* queue, gpointer data) {
  LC_NEXT(g_async_queue_push);
  __tsan_release(queue);
  next(queue, data);
}

gpointer g_async_queue_pop(GAsyncQueue* queue) {
  LC_NEXT(g_async_queue_pop);
  gpointer data = next(queue);
  __tsan_acquire(queue);
  return data;
}

gpointer g_async_queue_try_pop(GAsyncQueue* queue) {
  LC_NEXT(g_async_queue_try_pop);
  gpointer data = next(queue);
  __tsan_acquire(queue);
  return data;
}

gpointer g_async_queue_timeout_pop(GAsyncQueue* queue, guint64 timeout) {
  LC_NEXT(g_async_queue_timeout_pop);
  gpointer data = next(queue, timeout);
  __tsan_acquire(queue);
  return data;
}

void gst_mini_object_unref(GstMiniObject* object) {
  LC_NEXT(gst_mini_object_unref);
  __tsan_release(object);
  __tsan_acquire(object);
  next(object);
}
}

#pragma GCC visibility pop
